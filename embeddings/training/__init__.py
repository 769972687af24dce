"""How our encoder is made: pairs from the référentiels, distillation, contrastive training."""
