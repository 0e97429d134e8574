// What a program needs to score, train and judge, in one import: it opens no connection. Labels from language models are the
// product DMoELabel, experiments the product DMoEExperiment.
// DMoECore contributes only its errors and compute options.
@_exported public import DMoECore
@_exported public import DMoEData
@_exported public import DMoEEvaluate
@_exported public import DMoEModel
@_exported public import DMoETrain
