import DMoERM
