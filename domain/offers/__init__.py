"""What a merchant sells, and how the lines of its feeds become offers."""
