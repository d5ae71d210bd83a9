"""The words that every stage shares: names, source text, findings, the input model, the plan,
files. No IO."""
