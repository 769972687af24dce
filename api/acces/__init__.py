"""Who calls, how far they may go and how often: partners, tokens, quotas."""
