from generator.command.main import main

main()
