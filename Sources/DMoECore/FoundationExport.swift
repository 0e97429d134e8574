// The ground floor shows its names to the modules of this package only, and comes with either module that stands on it.
@_exported public import DMoEFoundation
