"""Words inside pictures: axis labels, legends, dialogs, dimensions, each with its place and confidence."""
