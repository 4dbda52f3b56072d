"""The write side and the use cases: plain values in, plain values out; views and jobs commit."""
