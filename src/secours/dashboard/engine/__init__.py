"""The dashboard's access to the engine: snapshot, history, and process."""
