"""What every endpoint of the API shares: reading JSON, problem details, the pools' own forms behind JSON."""
