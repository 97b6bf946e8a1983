"""A small temporal convolution that sees turns of a rope in the acceleration of a limb: a trial beside the signal processing.

`touchline models train-rope` trains and judges it; docs/models/rope-tcn.md is its card.
"""
