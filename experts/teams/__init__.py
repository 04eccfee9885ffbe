"""Teams (团队): experts of several disciplines and units who answer a question together."""
