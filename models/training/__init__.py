"""Training of models that are the project's own. Needs the `training` extra; nothing that runs on a gateway imports it."""
