"""Who makes TaskManagers when slots are short: `base` says what the leader asks for, the others do it."""
