"""`tracklayer ui`: MLflow's own server and pages over places, guarded."""
