"""A sparse teacher's knowledge for a dense student (Switch, section 4.2)."""
