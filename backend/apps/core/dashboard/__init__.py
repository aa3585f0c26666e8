"""How a shop is doing, on one page: a few numbers from several apps."""
