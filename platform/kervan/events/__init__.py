"""Events: fairs, trade and buying missions, virtual missions and trainings, from the draft to the last day."""
