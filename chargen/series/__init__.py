"""The series wing: numbers in, forecasts out."""
