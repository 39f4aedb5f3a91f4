"""The series wing: time series read, scaled, forecast and judged with the cells that write text."""
