"""Account Engagement over the emulator, blocking and awaited."""
