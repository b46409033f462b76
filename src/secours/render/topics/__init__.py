"""What a broker keeps of us for whoever listens: the state of everything, by topic."""
