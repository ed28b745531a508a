select everywhere, titled from search_e('''血压''', 1900000000000);
