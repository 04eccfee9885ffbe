"""The pages of uploads, the same for every kind of rows that an app registers."""
