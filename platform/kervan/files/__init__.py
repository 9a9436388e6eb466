"""What people send us: kept outside the web root, let in only after a look inside, handed out so that it cannot act."""
