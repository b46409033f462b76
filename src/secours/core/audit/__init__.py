"""The whole plan examined, the world as designed."""
