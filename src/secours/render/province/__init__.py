"""The screens of a province: every site in its place, and what ails them together."""
