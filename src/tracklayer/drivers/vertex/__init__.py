"""Google Vertex AI Experiments: contexts, their metadata, TensorBoard's time series, and files in Cloud Storage."""
