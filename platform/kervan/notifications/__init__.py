"""What people hear of inside the platform: the bell, its page, and the stream that keeps it true."""
