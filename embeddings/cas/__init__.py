"""Cases written for Azimut, and what was learnt from them: métiers worth exploring for who says such things."""
