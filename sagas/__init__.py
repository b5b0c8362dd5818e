"""Sagas: workflows over several contexts which reach their end or take everything back."""
