// What a program needs to score, train, judge and label, in one import; experiments are the product DMoEExperiment.
// DMoECore contributes only its errors and compute options.
@_exported public import DMoECore
@_exported public import DMoEData
@_exported public import DMoEEvaluate
@_exported public import DMoELabel
@_exported public import DMoEModel
@_exported public import DMoETrain
