"""Staff: queues of posts and associations, and the administration of the Ministry."""
