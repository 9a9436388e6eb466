"""What two firms write each other about an order or an inquiry, with what they attach."""
