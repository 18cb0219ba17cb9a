"""MLflow's tracking store over several places at once: `tracklayer+places:/PLACE/PLACE`."""
