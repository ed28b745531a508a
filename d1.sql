select everywhere, titled from search_d('''血压''', 1900000000000);
