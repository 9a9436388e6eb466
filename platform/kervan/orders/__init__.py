"""Orders within the law: the cart, what is sent, who may move it on, and what both sides see of it."""
