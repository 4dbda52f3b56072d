"""The parts of the shipments list: tabs, columns, sorting, search, what needs attention, counting."""
