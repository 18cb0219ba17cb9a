"""Amazon SageMaker Experiments: experiments, trial components, their metrics, and files in S3."""
