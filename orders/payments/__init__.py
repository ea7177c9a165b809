"""Money: to Stripe's page (checkout), what became of it (sync), taking or releasing it (settle)."""
