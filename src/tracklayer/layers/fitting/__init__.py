"""The rules of `layers/fit.py`: what is legal, what is kept beside it, and how both are put together again."""
