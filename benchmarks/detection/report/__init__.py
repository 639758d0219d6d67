"""What was measured, for people: tables in Markdown and plots."""
