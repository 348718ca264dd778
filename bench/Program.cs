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
    case ["seed-dialects", var folder, .. var options]:
        await Dialects.Seed(folder, options);
        return 0;
    case ["propagation", var database]:
        return await Propagation.Run(database);
    case ["nights", var used, var due, .. var options]:
        await Nights.Run(used, int.Parse(due), options);
        return 0;
    case ["in-process", var file, var database, var secret]:
        await InProcess.Run(file, database, secret);
        return 0;
    case ["openiddict", var url, var folder, var count, var used]:
        await OpenIddictServer.Run(url, folder, int.Parse(count), int.Parse(used));
        return 0;
    default:
        Console.Error.WriteLine("usage: bare URL | seed FILE TOKENS USED [server options] | lists URL TOKEN | seed-dialects FOLDER [server options] | propagation POSTGRESQL | nights USED DUE [server options] | in-process FILE DATABASE SECRET | openiddict URL FOLDER TOKENS USED");
        return 2;
}
