"""What is true and allowed about people: their names, passwords, places, and the words they agree to."""
