import DMoECore
