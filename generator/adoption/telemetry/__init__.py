"""What running services tell of themselves → who calls whom, and who loses the colour. Pure."""
