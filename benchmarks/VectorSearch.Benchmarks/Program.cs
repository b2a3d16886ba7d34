using BenchmarkDotNet.Running;

// dotnet run -c Release --project benchmarks/VectorSearch.Benchmarks -- --filter '*Search*'
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
