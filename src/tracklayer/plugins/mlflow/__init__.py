"""MLflow's tracking store and artifact repository over every place: `mlflow.set_tracking_uri("tracklayer+local:")`.

`entry` is all that `import mlflow` loads of it; the rest follows when a tracking URI names a place.
"""
