select length(search_b('''高血'' & ''血压''', 1900000000000, null));
