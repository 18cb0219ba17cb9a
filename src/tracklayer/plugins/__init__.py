"""What other tools call: MLflow's tracking store, and what frameworks log through. Each is imported by its host."""
