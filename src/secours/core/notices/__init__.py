"""What people who look at no screen are to be told, when, and on which ways."""
