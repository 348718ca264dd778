using Patrol.Bench;

// The parts of the benchmark that `bench/run` puts together.
switch (args)
{
    case ["bare", var url]:
        await Bare.Run(url);
        return 0;
    case ["seed", var file, var count, var used, .. var options]:
        await Seed.Run(file, int.Parse(count), int.Parse(used), options);
        return 0;
    case ["lists", var url, var token]:
        await Lists.Run(new Uri(url), token);
        return 0;
    case ["propagation", var database]:
        return await Propagation.Run(database);
    default:
        Console.Error.WriteLine("usage: bare URL | seed FILE TOKENS USED [server options] | lists URL TOKEN | propagation POSTGRESQL");
        return 2;
}
