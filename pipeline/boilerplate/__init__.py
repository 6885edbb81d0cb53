"""What of a web page is not its own: menus, headers and footers that stand around the content."""
