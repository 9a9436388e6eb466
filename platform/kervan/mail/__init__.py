"""The mail room: what people are told by e-mail, kept until it is sent, written in their language."""
