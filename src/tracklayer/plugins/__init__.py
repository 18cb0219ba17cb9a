"""What other tools call: MLflow's tracking store, and loggers and callbacks of frameworks. Each is imported by its host only."""
