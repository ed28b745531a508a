select cardinality(everywhere), cardinality(titled) from search_d('''血压''', 1900000000000);
